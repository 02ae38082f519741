#!/bin/sh
# Runs the gateway for a moment and keeps an archive of the classes that it loaded (class-data
# sharing). Part of the image's build: the archive is good for this very runtime and jar alone.
set -eu
data=$(mktemp -d)
APITWO_DATA_DIR=$data APITWO_PROXY_PORT=18080 APITWO_MANAGEMENT_PORT=19090 \
  /opt/java/bin/java -XX:ArchiveClassesAtExit=/opt/apitwo/apitwo.jsa -Xlog:cds=error -Xlog:cds+dynamic=error \
  -Djava.library.path=/opt/apitwo/lib -jar /opt/apitwo/apitwo.jar run --settings conf/apitwo.yaml --rules conf/rules.yaml &
gateway=$!
tries=0
until /opt/java/bin/java -jar apitwo.jar health --admin http://127.0.0.1:19090 >/dev/null 2>&1; do
  tries=$((tries + 1))
  if [ $tries -gt 60 ] || ! kill -0 "$gateway" 2>/dev/null; then
    echo 'the gateway did not get ready' >&2
    exit 1
  fi
  sleep 1
done
kill "$gateway"
wait "$gateway" || [ $? = 143 ]
rm -r "$data"
test -s /opt/apitwo/apitwo.jsa
