"""Proofs of activities, which make them trustworthy whichever server delivers them."""

from federation.claims import signature_matches
from federation.proofs import proof_claim
from federation.registry import IncomingActivity
from federation.remote_keys import known_key
from federation.signatures import SignatureError


async def has_valid_proof(activity: IncomingActivity) -> bool:
    """Return whether the activity has a proof by a known key of its actor. Nothing is fetched."""
    try:
        claim = proof_claim(activity.document, activity.actor)
    except SignatureError:
        return False
    key = None if claim is None else await known_key(claim.key_id, for_proofs=True)
    return (
        claim is not None
        and key is not None
        and key.owner == activity.actor
        and signature_matches(key.pem, claim)
    )
