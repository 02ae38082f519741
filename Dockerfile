# The gateway on a Java runtime of just the modules that it needs, with an archive of its classes as
# they are when it serves: it starts in a third of the time.
#
#   docker build -t apitwo .
#   docker run --rm -p 8080:8080 apitwo

FROM maven:3.9-eclipse-temurin-17 AS build
WORKDIR /src
COPY .mvn .mvn
COPY pom.xml .
COPY src src
COPY conf conf
RUN mvn -B -ntp -q package -DskipTests -Dmaven.test.skip=true -Dspotless.check.skip=true

# java.sql and java.scripting are for Hazelcast, jdk.crypto.ec for TLS, jdk.jfr for a look at a live one.
RUN jlink --strip-debug --no-header-files --no-man-pages --output /opt/java \
      --add-modules java.base,java.instrument,java.logging,java.management,java.naming,java.net.http,java.scripting,java.sql,java.xml,jdk.crypto.ec,jdk.jfr,jdk.management,jdk.net,jdk.unsupported \
 && /opt/java/bin/java -Xshare:dump >/dev/null

WORKDIR /opt/apitwo
RUN mkdir -p conf lib \
 && cp /src/target/apitwo.jar . \
 && cp /src/conf/apitwo.yaml /src/conf/rules.yaml /src/conf/*.json conf/ \
 && case "$(uname -m)" in aarch64) arch=aarch_64 ;; *) arch=x86_64 ;; esac \
 && cd lib && jar xf ../apitwo.jar META-INF/native \
 && mv META-INF/native/*"$arch"*.so . && rm -r META-INF
COPY src/main/docker/train.sh .
RUN sh train.sh && rm train.sh


FROM debian:12-slim
COPY --from=build /opt/java /opt/java
COPY --from=build /opt/apitwo /opt/apitwo
RUN mkdir -p /etc/apitwo/rules /var/lib/apitwo \
 && mv /opt/apitwo/conf/apitwo.yaml /etc/apitwo/ \
 && mv /opt/apitwo/conf/rules.yaml /opt/apitwo/conf/rules.schema.json /etc/apitwo/rules/ \
 && mv /opt/apitwo/conf/apitwo.schema.json /etc/apitwo/ \
 && rmdir /opt/apitwo/conf \
 && chown 10001:10001 /var/lib/apitwo
ENV PATH=/opt/java/bin:$PATH \
    APITWO_PROXY_HOST=0.0.0.0 \
    APITWO_RULES_FILE=/etc/apitwo/rules/rules.yaml \
    APITWO_DATA_DIR=/var/lib/apitwo
WORKDIR /etc/apitwo
VOLUME /var/lib/apitwo
USER 10001:10001
EXPOSE 8080 8443 9090 5701 15701
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 \
  CMD ["/opt/java/bin/java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx32m", "-jar", "/opt/apitwo/apitwo.jar", "health", "--settings", "/etc/apitwo/apitwo.yaml"]
ENTRYPOINT ["/opt/java/bin/java", "-XX:SharedArchiveFile=/opt/apitwo/apitwo.jsa", "-XX:MaxRAMPercentage=60", "-Djava.library.path=/opt/apitwo/lib", "-jar", "/opt/apitwo/apitwo.jar"]
CMD ["run", "--settings", "/etc/apitwo/apitwo.yaml"]
