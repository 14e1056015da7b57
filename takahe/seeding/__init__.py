"""The sample users, posts and pictures of `takahe seed`."""
