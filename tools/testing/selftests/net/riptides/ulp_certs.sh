#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A CA and the identities that the ULP's tests need, in DIRECTORY:
#
#   ulp_certs.sh DIRECTORY
#
# ca.pem is trusted for td.example; NAME.key and NAME.pem (its chain). What is
# wrong with those that are not right is in their names; revoked.serial is the
# number that ulp.sh revokes.

set -e -o pipefail
umask 077
dir=${1:?usage: ulp_certs.sh DIRECTORY}
mkdir -p "$dir"
cd "$dir"
exec 3>&2 2> openssl.log
trap '[ $? -eq 0 ] || tail -5 openssl.log >&3' EXIT

serial=0

# authority NAME: a root of td.example
authority()
{
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-keyout "$1.key" -out "$1.pem" -days 30 -subj "/CN=td.example" \
		-addext "keyUsage=critical,keyCertSign,cRLSign"
	: > "$1.index"
}

# extensions SPIFFE-ID
extensions()
{
	cat <<-END
	[v3]
	basicConstraints = critical,CA:FALSE
	keyUsage = critical,digitalSignature
	extendedKeyUsage = serverAuth,clientAuth
	subjectAltName = DNS:localhost,URI:$1
	[ca]
	default_ca = any
	[any]
	database = $PWD/${2}.index
	new_certs_dir = $PWD
	serial = $PWD/serial
	default_md = sha256
	policy = loose
	unique_subject = no
	[loose]
	commonName = supplied
	END
}

# leaf NAME ISSUER SPIFFE-ID FROM TO KEY...: FROM and TO are dates
leaf()
{
	local name=$1 issuer=$2 id=$3 from=$4 to=$5

	shift 5
	serial=$((serial + 1))
	printf '%02X\n' $((serial + 4096)) > serial
	extensions "$id" "$issuer" > "$name.cnf"
	openssl req -newkey "$@" -nodes -keyout "$name.key" -out "$name.csr" \
		-subj "/CN=$name"
	openssl ca -batch -notext -config "$name.cnf" -extensions v3 \
		-startdate "$from" -enddate "$to" -cert "$issuer.pem" \
		-keyfile "$issuer.key" -in "$name.csr" -out "$name.pem"
}

stamp()
{
	date -u -d "$1" +%Y%m%d%H%M%SZ
}

p256=(ec -pkeyopt ec_paramgen_curve:P-256)
p384=(ec -pkeyopt ec_paramgen_curve:P-384)
now=$(stamp "-1 hour")
later=$(stamp "+10 days")

authority ca
authority ca-other
leaf default ca spiffe://td.example/default "$now" "$later" "${p256[@]}"
leaf second ca spiffe://td.example/second "$now" "$later" "${p256[@]}"
leaf p384 ca spiffe://td.example/p384 "$now" "$later" "${p384[@]}"
leaf rsa ca spiffe://td.example/rsa "$now" "$later" rsa:2048
leaf expired ca spiffe://td.example/expired "$(stamp "-20 days")" \
	"$(stamp "-10 days")" "${p256[@]}"
leaf early ca spiffe://td.example/early "$(stamp "+5 days")" "$later" "${p256[@]}"
leaf revoked ca spiffe://td.example/revoked "$now" "$later" "${p256[@]}"
leaf wrong-ca ca-other spiffe://td.example/wrong-ca "$now" "$later" "${p256[@]}"
leaf no-trust ca-other spiffe://nowhere.example/x "$now" "$later" "${p256[@]}"
# as long as one can be
long=spiffe://td.example/$(printf '%02028d' 0)
leaf long ca "$long" "$now" "$later" "${p256[@]}"
openssl x509 -in revoked.pem -noout -serial | sed 's/serial=//' > revoked.serial
