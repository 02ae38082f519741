#!/bin/sh
# Makes the three secrets that the manifests name, those that are not there yet, of random bytes.
#   k8s/secrets.sh [kubectl options, such as -n NAMESPACE]
set -eu
make() { # SECRET KEY [kubectl options]
  secret=$1 key=$2
  shift 2
  if kubectl "$@" get secret "$secret" >/dev/null 2>&1; then
    echo "secret $secret is there"
  else
    head -c 32 /dev/urandom | base64 | tr -d '\n' | tr '+/' '-_' |
      kubectl "$@" create secret generic "$secret" --from-file="$key=/dev/stdin"
  fi
}
make apitwo-admin token "$@"
make apitwo-cluster secret "$@"
make apitwo-redis password "$@"
