"""What the states of people do, and the jobs that run again and again. Imported when the app is ready (users/apps.py), to register."""
