"""Moving a domain to another server: `takahe domain export` and `takahe domain import` (docs/decisions/0025-moving-a-domain-out.md)."""
