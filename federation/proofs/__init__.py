"""Object integrity proofs (FEP-8b32, cryptosuite eddsa-jcs-2022): made on public activities, verified on forwarded ones.

Keys are arguments, nothing is fetched or stored.
"""

from federation.proofs.documents import add_proof, proof_claim

__all__ = ["add_proof", "proof_claim"]
