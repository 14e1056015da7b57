"""What every page is framed with: colours and pictures of the domain, and the navigation of staff."""
