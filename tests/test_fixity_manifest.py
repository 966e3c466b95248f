"""The manifest: a hash chain that shows every change, signatures of its head, and lines cut short by crashes."""

import json
import random
import subprocess

import pytest
from click.testing import CliRunner

from archiver.cli import cli
from archiver.errors import UsageError
from archiver.fixity import signing, stamps
from archiver.fixity.manifest import NO_LINE, Manifest, sha512_of


@pytest.fixture
def manifest(tmp_path):
    made = Manifest(tmp_path)
    for number in range(3):
        made.add(f"site-{number}.warc.gz", number, f"{number:0128x}")
    return made


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    """Two key pairs as openssl makes them: private and public PEM files."""
    folder = tmp_path_factory.mktemp("keys")
    for name in ("mine", "other"):
        private, public = folder / f"{name}.key", folder / f"{name}.pub"
        subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", private], check=True)
        subprocess.run(["openssl", "pkey", "-in", private, "-pubout", "-out", public], check=True)
    return folder


def test_each_line_names_the_one_before_and_the_head_is_the_last(manifest):
    chain = manifest.read()
    assert chain.problems == []
    assert [entry.previous for entry in chain.entries] == [NO_LINE, *(entry.hash for entry in chain.entries[:-1])]
    assert chain.head == chain.entries[-1].hash
    assert set(chain.files()) == {"site-0.warc.gz", "site-1.warc.gz", "site-2.warc.gz"}


def test_any_flipped_bit_in_a_manifest_is_found(manifest):
    data = manifest.path.read_bytes()
    bits = range(len(data) * 8)
    for bit in random.Random(1).sample(bits, 400) + [len(data) * 8 - 8 + at for at in range(8)]:
        changed = bytearray(data)
        changed[bit // 8] ^= 1 << bit % 8
        manifest.path.write_bytes(changed)
        assert manifest.read().problems, f"bit {bit}"


def test_a_removed_or_moved_line_is_found(manifest):
    lines = manifest.path.read_bytes().splitlines(keepends=True)
    for changed in ([lines[0], lines[2]], [lines[1], lines[2]], [lines[1], lines[0], lines[2]]):
        manifest.path.write_bytes(b"".join(changed))
        assert manifest.read().problems
    head = manifest.read().head
    manifest.path.write_bytes(b"".join(lines[:2]))  # the newest removed: only somebody with the head can notice
    chain = manifest.read()
    assert not chain.problems
    assert not chain.has(head)
    assert chain.has(chain.entries[0].hash)


def test_a_line_cut_short_by_a_crash_is_replaced_by_the_next(manifest):
    whole = manifest.path.read_bytes()
    manifest.path.write_bytes(whole + b'{"at": "2026')
    assert manifest.read().problems == ["the last line is cut short"]
    manifest.add("site-3.warc.gz", 1, "a" * 128)
    chain = manifest.read()
    assert not chain.problems
    assert len(chain.entries) == 4
    assert manifest.path.read_bytes().startswith(whole)


def test_a_damaged_end_of_a_line_does_not_stop_the_next_file_and_stays_visible(manifest):
    data = manifest.path.read_bytes()
    manifest.path.write_bytes(data[:-1] + b"\x0b")
    manifest.add("site-3.warc.gz", 1, "a" * 128)
    assert manifest.path.read_bytes().startswith(data[:-1])
    assert manifest.read().problems


@pytest.mark.parametrize("end", [b"", b"\n", b'{"at": "2026', b"x" * 900, b"\xff\n" * 300, b"{}\n"])
def test_adding_a_line_is_independent_of_how_much_of_a_long_manifest_is_read(tmp_path, monkeypatch, end):
    written = []
    for tail in (1, 1 << 20):
        monkeypatch.setattr("archiver.fixity.manifest._TAIL", tail)
        (tmp_path / str(tail)).mkdir()
        made = Manifest(tmp_path / str(tail))
        for number in range(4):
            made.add(f"site-{number}.warc.gz", number, f"{number:0128x}")
        with made.path.open("ab") as file:
            file.write(end)
        made.add("site-4.warc.gz", 4, "4")
        chain = made.read()
        assert [entry.previous for entry in chain.entries] == [NO_LINE, *(entry.hash for entry in chain.entries[:-1])]
        written.append([entry.file for entry in chain.entries])
    assert written[0] == written[1] == [f"site-{number}.warc.gz" for number in range(5)]


def test_adding_a_line_doesn_t_read_the_whole_manifest(tmp_path, monkeypatch):
    made = Manifest(tmp_path)
    made.add("site.warc.gz", 1, "1")
    made.path.write_bytes(made.path.read_bytes() * 400)
    monkeypatch.setattr(Manifest, "_bytes", lambda self: pytest.fail("read whole"))
    begin, data, last = made._end()
    assert begin > 100_000 and len(data) <= 1 << 13 and last is not None
    made.add("next.warc.gz", 1, "1")


def test_files_without_a_line_get_one_and_truncated_ones_a_new_one(tmp_path):
    manifest, path = Manifest(tmp_path), tmp_path / "site.warc.gz"
    path.write_bytes(b"one two")
    assert [entry.event for entry in manifest.enlist([path])] == ["added"]
    assert manifest.enlist([path]) == []
    path.write_bytes(b"one")
    assert [entry.event for entry in manifest.enlist([path])] == ["changed"]
    assert manifest.read().files()["site.warc.gz"].sha512 == sha512_of(path)[1]


def test_a_signature_is_valid_only_for_its_head_and_key(manifest, tmp_path, keys):
    chain = manifest.read()
    assert signing.problems(tmp_path, chain) == []
    assert signing.problems(tmp_path, chain, keys / "mine.pub") == ["there is no signature"]
    signing.sign(tmp_path, chain, keys / "mine.key")
    manifest.add("site-3.warc.gz", 1, "a" * 128)
    later = manifest.read()
    assert signing.problems(tmp_path, later, keys / "mine.pub") == []
    assert signing.problems(tmp_path, later, keys / "other.pub")
    manifest.path.write_bytes(b"".join(manifest.path.read_bytes().splitlines(keepends=True)[:2]))
    assert "lines are missing" in signing.problems(tmp_path, manifest.read())[0]


def test_any_flipped_bit_in_a_signature_is_found(manifest, tmp_path, keys):
    chain = manifest.read()
    signing.sign(tmp_path, chain, keys / "mine.key")
    path = tmp_path / signing.FILE_NAME
    data = path.read_bytes()
    # Including those at the end of base64 that no byte depends on.
    ends = [end for end in range(len(data)) if data[end : end + 2] in (b'="', b"=\n")]
    bits = {(end - back) * 8 + at for end in ends for back in range(3) for at in range(8)}
    for bit in sorted(bits | set(random.Random(2).sample(range(len(data) * 8), 150))):
        changed = bytearray(data)
        changed[bit // 8] ^= 1 << bit % 8
        path.write_bytes(changed)
        assert signing.problems(tmp_path, chain), f"bit {bit}"


def test_an_invalid_ed25519_key_is_refused_in_one_line(manifest, tmp_path):
    other = tmp_path / "ec.key"
    subprocess.run(
        ["openssl", "genpkey", "-algorithm", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", other], check=True
    )
    for key in (other, tmp_path / "none.key", manifest.path):
        with pytest.raises(UsageError, match="key"):
            signing.sign(tmp_path, manifest.read(), key)


def test_a_public_key_given_to_sign_is_refused_in_a_whole_sentence(manifest, tmp_path, keys):
    with pytest.raises(UsageError) as refused:
        signing.sign(tmp_path, manifest.read(), keys / "mine.pub")
    assert refused.value.message.endswith("(it is not a PEM file of a private key without a password)")


def test_a_file_with_an_old_head_was_reported_as_tampering(manifest, tmp_path):
    def verified(head):
        return CliRunner().invoke(cli, ["-A", str(tmp_path), "verify", "--json", "--head", head], standalone_mode=False)

    old, notes = tmp_path / "head.txt", tmp_path / "notes.txt"
    old.write_text(manifest.read().head + "\n")
    notes.write_text("the head is in the safe\n")
    for head in (str(old), manifest.read().head, manifest.read().head.upper()):
        assert "head" not in [problem["kind"] for problem in json.loads(verified(head).stdout)["problems"]]
    for head in (str(notes), str(tmp_path / "none.txt"), str(tmp_path), "abc123"):
        assert isinstance(verified(head).exception, UsageError), head
    assert '"head"' in verified("0" * 127 + "1").stdout


TSA = """
[req]
distinguished_name = name
x509_extensions = tsa
[name]
[tsa]
extendedKeyUsage = critical, timeStamping
[stamp]
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4
digests = sha256, sha384, sha512
"""


def test_a_timestamp_covers_the_first_lines_of_its_own_manifest_only(manifest, tmp_path):
    folder = tmp_path / "tsa"
    folder.mkdir()
    (folder / "tsa.cnf").write_text(TSA.format(folder=folder))
    (folder / "serial").write_text("01\n")

    def openssl(*arguments):
        subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)

    new = ("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=tsa", "-days", "2")
    openssl(*new, "-config", folder / "tsa.cnf", "-keyout", folder / "tsa.key", "-out", folder / "tsa.pem")
    openssl("ts", "-query", "-data", manifest.path, "-sha512", "-out", folder / "query")
    reply = ("ts", "-reply", "-config", folder / "tsa.cnf", "-section", "stamp", "-queryfile", folder / "query")
    openssl(*reply, "-out", tmp_path / "manifest-2026-05-01.tsr")
    manifest.add("site-3.warc.gz", 1, "a" * 128)
    assert stamps.stamped_lines(tmp_path) == {"manifest-2026-05-01.tsr": 3}
    manifest.path.write_bytes(manifest.path.read_bytes().replace(b"site-1", b"site-7"))
    assert stamps.stamped_lines(tmp_path) == {"manifest-2026-05-01.tsr": None}
