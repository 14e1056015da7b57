"""HTTP Message Signatures (RFC 9421), the subset that other servers use: one signature over derived components and plain headers."""

import datetime as dt
from urllib.parse import parse_qsl, quote

from federation.signatures.claim import (
    SignatureClaim,
    check_algorithm,
    check_fresh,
    check_key_id,
    from_timestamp,
)
from federation.signatures.digest import read_content_digest
from federation.signatures.errors import SignatureError
from federation.signatures.message import Message
from federation.signatures.structured import (
    Bare,
    InnerList,
    Item,
    parse_dictionary,
    serialise_item,
    serialise_list,
)

LABEL = "sig1"
_ALGORITHMS = frozenset(("rsa-v1_5-sha256", "rsa-pss-sha512", "ed25519"))
MAX_COMPONENTS = 50


def signing_input(method: str, key_id: str, algorithm: str, created: dt.datetime) -> InnerList:
    """Return the components covered by our own signatures, with their parameters."""
    names = ["@method", "@target-uri"] + (["content-digest"] if method.upper() != "GET" else [])
    params: dict[str, Bare] = {"created": int(created.timestamp()), "keyid": key_id, "alg": algorithm}
    return InnerList(tuple(Item(name, {}) for name in names), params)


def signing_base(message: Message, covered: InnerList) -> bytes:
    """Return the text to sign or to verify. Raises SignatureError for a missing or unknown component."""
    lines = [f"{serialise_item(item)}: {_component(message, item)}" for item in covered.value]
    lines.append(f'"@signature-params": {serialise_list(covered)}')
    return "\n".join(lines).encode("latin-1", "replace")


def read_claim(message: Message, signature_input: str, signature: str) -> SignatureClaim:
    """Return the claim of a `Signature-Input` and `Signature` pair. Raises SignatureError."""
    inputs = parse_dictionary(signature_input, what="Signature-Input header")
    signatures = parse_dictionary(signature, what="Signature header")
    if len(inputs) != 1 or inputs.keys() != signatures.keys():
        raise SignatureError(code="signature_not_single")
    [(label, covered)] = inputs.items()
    raw = signatures[label].value
    if not isinstance(covered, InnerList) or not isinstance(raw, bytes):
        raise SignatureError(code="signature_not_a_list")
    names = _check_components(covered)
    created = covered.params.get("created")
    if created is None:
        raise SignatureError(reason="not_covered", code="signature_without_created")
    expires = covered.params.get("expires")
    algorithm = covered.params.get("alg", "")
    key_id = covered.params.get("keyid")
    if not isinstance(key_id, str) or not isinstance(algorithm, str):
        raise SignatureError(code="signature_keyid_or_alg_unusable")
    if algorithm and algorithm not in _ALGORITHMS:
        raise SignatureError(reason="algorithm", code="signature_algorithm_unknown", detail=algorithm[:100])
    _check_coverage(message, names)
    signed_at = from_timestamp(created, "created")
    check_fresh(signed_at, from_timestamp(expires, "expires") if expires is not None else None)
    return SignatureClaim(
        key_id=check_key_id(key_id),
        scheme="rfc9421",
        algorithm=check_algorithm(algorithm),
        covered=names,
        signature=raw,
        bases=(signing_base(message, covered),),
        digest=read_content_digest(message.joined("content-digest")) if "content-digest" in names else None,
        created=signed_at,
    )


def _check_components(covered: InnerList) -> tuple[str, ...]:
    names = []
    for item in covered.value:
        if not isinstance(item.value, str) or item.value != item.value.lower():
            raise SignatureError(code="component_name_invalid")
        if item.params and not (item.value == "@query-param" and item.params.keys() == {"name"}):
            raise SignatureError(code="component_parameters_unknown", detail=item.value[:100])
        names.append(serialise_item(item) if item.params else item.value)
    if len(names) > MAX_COMPONENTS or len(set(names)) != len(names):
        raise SignatureError(code="components_unusable")
    return tuple(names)


def _check_coverage(message: Message, names: tuple[str, ...]) -> None:
    """Check that method and the whole URL are covered, and the body if there may be one."""
    if "@method" not in names:
        raise SignatureError(reason="not_covered", code="signature_not_covering", what="@method")
    path = "@request-target" in names or (
        "@path" in names and ("@query" in names or "?" not in message.target)
    )
    if "@target-uri" not in names and not (path and ("@authority" in names or "host" in names)):
        raise SignatureError(reason="not_covered", code="signature_not_covering", what="@target-uri")
    if message.method not in ("GET", "HEAD") and "content-digest" not in names:
        raise SignatureError(
            reason="not_covered", code="signature_digest_not_covered", header="Content-Digest"
        )


def _component(message: Message, item: Item) -> str:
    name = str(item.value)
    path, _, query = message.target.partition("?")
    authority = message.authority.lower()
    default_port = ":443" if message.scheme == "https" else ":80"
    match name:
        case "@method":
            return message.method
        case "@target-uri":
            return f"{message.scheme}://{authority.removesuffix(default_port)}{message.target}"
        case "@authority":
            return authority.removesuffix(default_port)
        case "@scheme":
            return message.scheme
        case "@request-target":
            return message.target
        case "@path":
            return path or "/"
        case "@query":
            return "?" + query
        case "@query-param":
            return _query_parameter(query, str(item.params["name"]))
    if name.startswith("@"):
        raise SignatureError(code="component_unknown", detail=name[:100])
    return message.joined(name)


def _query_parameter(query: str, encoded_name: str) -> str:
    pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=100)
    values = [value for key, value in pairs if quote(key, safe="*-._") == encoded_name]
    if len(values) != 1:
        raise SignatureError(reason="missing_header", code="signed_query_parameter_missing")
    return quote(values[0], safe="*-._")
