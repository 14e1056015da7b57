"""Reading, writing and acting on posts."""
