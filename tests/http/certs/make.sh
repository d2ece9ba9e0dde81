#!/bin/sh
# Makes the certificates of the TLS tests again: an authority, and for *.desa.test a good, an expired and
# a self-signed certificate. The keys protect nothing and are public on purpose.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
: >"$work/index"
printf '[ca]\ndefault_ca=d\n[d]\ndatabase=%s/index\nserial=%s/serial\nnew_certs_dir=%s\ndefault_md=sha256\npolicy=p\n[p]\ncommonName=supplied\n' \
    "$work" "$work" "$work" >"$work/ca.conf"
printf 'subjectAltName=DNS:*.desa.test\n' >"$work/site"
printf 'basicConstraints=critical,CA:TRUE\nsubjectKeyIdentifier=hash\n' >"$work/authority"

# certificate NAME EXTENSIONS END SIGNER...
certificate() {
    name=$1 extensions=$2 end=$3
    shift 3
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=kimhub test $name" \
        -keyout "$work/$name.key" -out "$work/$name.csr"
    openssl ca -batch -notext -config "$work/ca.conf" -rand_serial -startdate 20200101000000Z -enddate "$end" \
        -extfile "$work/$extensions" "$@" -in "$work/$name.csr" -out "$work/$name.pem"
    cat "$work/$name.pem" "$work/$name.key" >"$name.pem"
}

certificate authority authority 21200101000000Z -selfsign -keyfile "$work/authority.key"
cp "$work/authority.pem" authority.pem
certificate good site 21200101000000Z -cert authority.pem -keyfile "$work/authority.key"
certificate expired site 20210101000000Z -cert authority.pem -keyfile "$work/authority.key"
certificate self_signed site 21200101000000Z -selfsign -keyfile "$work/self_signed.key"
