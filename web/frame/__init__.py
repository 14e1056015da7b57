"""The frame of every page: colours and pictures of the domain, and the navigation of staff."""
