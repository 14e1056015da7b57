"""The made-up people, posts and pictures of `takahe seed`."""
