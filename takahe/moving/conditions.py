"""Conditions in SQL that a row `t` belongs to the exported domain."""


def person(column: str, row: str = "t") -> str:
    """Return the condition that the column refers to somebody of the domain."""
    return f"EXISTS (SELECT FROM users_identity i WHERE i.id = {row}.{column} AND i.domain_id = %(domain)s AND i.deleted_at IS NULL)"


def post(column: str, row: str = "t") -> str:
    """Return the condition that the column refers to a post by somebody of the domain."""
    return f"""EXISTS (SELECT FROM activities_post p JOIN users_identity i ON i.id = p.author_id WHERE p.id = {row}.{column}
        AND i.domain_id = %(domain)s AND p.deleted_at IS NULL)"""


def owned(table: str, column: str, owner: str = "identity_id") -> str:
    """Return the condition that the column refers to a row of this table that belongs to somebody of the domain."""
    return f"""EXISTS (SELECT FROM {table} c JOIN users_identity i ON i.id = c.{owner} WHERE c.id = t.{column}
        AND i.domain_id = %(domain)s AND i.deleted_at IS NULL)"""


def login(column: str) -> str:
    """Return the condition that the column refers to a login with an identity or a right on the domain."""
    return f"""(EXISTS (SELECT FROM users_identityaccess a JOIN users_identity i ON i.id = a.identity_id
        WHERE a.user_id = t.{column} AND i.domain_id = %(domain)s AND i.deleted_at IS NULL)
        OR EXISTS (SELECT FROM users_domainaccess a WHERE a.user_id = t.{column} AND a.domain_id = %(domain)s))"""
