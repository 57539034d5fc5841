# Build:  docker build -t ocop-market .
# Run:    docker run -p 8080:8080 -v ocop-data:/var/lib/ocop-market ocop-market

FROM rust:1-bookworm AS build
RUN apt-get update \
 && apt-get install -y --no-install-recommends libpq-dev pkg-config \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
# The binary leaves the cached target directory in the same step: a cache mount is no part of the image.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --locked --profile dist --no-default-features --features system-libpq --bin ocop-market \
 && install -m 0755 -D target/dist/ocop-market /out/ocop-market

FROM debian:bookworm-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates libpq5 \
 && rm -rf /var/lib/apt/lists/* \
 && groupadd --system --gid 10001 ocop \
 && useradd --system --uid 10001 --gid ocop --home-dir /var/lib/ocop-market --shell /usr/sbin/nologin ocop \
 && install -d -o ocop -g ocop -m 0750 /var/lib/ocop-market
COPY --from=build /out/ocop-market /usr/local/bin/ocop-market
COPY LICENSE LICENSE-APACHE LICENSE-MIT /usr/share/doc/ocop-market/

LABEL org.opencontainers.image.title="ocop-market" \
      org.opencontainers.image.description="Trade-promotion marketplace service for Vietnam's OCOP programme" \
      org.opencontainers.image.licenses="Apache-2.0 OR MIT"

ENV OCOP_LISTEN=0.0.0.0:8080 \
    OCOP_DATA_DIR=/var/lib/ocop-market
WORKDIR /var/lib/ocop-market
USER 10001:10001
VOLUME /var/lib/ocop-market
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 CMD ["ocop-market", "health"]
ENTRYPOINT ["ocop-market"]
CMD ["serve"]
