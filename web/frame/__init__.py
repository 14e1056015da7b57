"""The frame of every page: colours and pictures of the domain, the counts beside its links, and the navigation of staff."""
