# Chancery in a container: one static binary, no shell, no root.
#
# It runs with a read-only root file system; the only place it writes to is the volume /var/lib/chancery, and not even
# that with Postgres, S3 and SMTP. Another base, or a mirror's, is given by --build-arg. Builds with BuildKit and with
# buildah 1.28 or later, hence neither COPY --link nor here-documents. The same sources give the same binary wherever they
# are built; .ci/image.sh gives VERSION, COMMIT, SOURCE and the time, .ci/image-test.sh holds the image to all this.

ARG NODE_IMAGE=node:22-bookworm-slim
ARG GO_IMAGE=golang:1.26-bookworm
ARG BASE_IMAGE=scratch

# Style, scripts and icons are the same for every platform.
FROM --platform=${BUILDPLATFORM} ${NODE_IMAGE} AS assets
WORKDIR /src/static
COPY static/package.json static/package-lock.json static/.npmrc ./
RUN --mount=type=cache,target=/root/.npm npm install --ignore-scripts --no-audit --no-fund
COPY static/ ./
COPY views/ ../views/
RUN npm run build

FROM --platform=${BUILDPLATFORM} ${GO_IMAGE} AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod go mod download
COPY app/ app/
COPY config/ config/
COPY jobs/ jobs/
COPY static/ static/
COPY views/ views/
COPY --from=assets /src/static/dist/ static/dist/
ARG TARGETOS
ARG TARGETARCH
ARG VERSION=dev
ARG COMMIT=unknown
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
    CGO_ENABLED=0 GOOS=${TARGETOS} GOARCH=${TARGETARCH} \
    go build -trimpath -buildvcs=false -gcflags=all=-dwarf=false -ldflags "-s -w -X main.version=${VERSION} -X main.commit=${COMMIT}" -o /out/chancery ./app
# What an empty base lacks: a name for the user, folders, and whom TLS trusts.
RUN mkdir -p /out/root/etc/ssl/certs /out/root/tmp /out/root/var/lib/chancery \
    && chmod 1777 /out/root/tmp \
    && chmod 0700 /out/root/var/lib/chancery \
    && echo 'chancery:x:65532:65532::/var/lib/chancery:/nonexistent' > /out/root/etc/passwd \
    && echo 'chancery:x:65532:' > /out/root/etc/group \
    && cp -L /etc/ssl/certs/ca-certificates.crt /out/root/etc/ssl/certs/ \
    && chown -R 65532:65532 /out/root/var/lib/chancery

FROM ${BASE_IMAGE}
ARG VERSION=dev
ARG COMMIT=unknown
ARG SOURCE=
LABEL org.opencontainers.image.title="Chancery" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${COMMIT}" \
      org.opencontainers.image.source="${SOURCE}" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /out/root/ /
COPY --from=build /out/chancery /usr/local/bin/chancery
ENV CHANCERY_LISTEN=0.0.0.0:8080 \
    CHANCERY_OPS_LISTEN=0.0.0.0:9090 \
    CHANCERY_DATABASE=sqlite:/var/lib/chancery/chancery.db \
    CHANCERY_BLOBS=dir:/var/lib/chancery/blobs \
    CHANCERY_MAIL=dir:/var/lib/chancery/outbox
USER 65532:65532
WORKDIR /var/lib/chancery
VOLUME /var/lib/chancery
EXPOSE 8080 9090
HEALTHCHECK --interval=30s --timeout=20s --start-period=60s CMD ["/usr/local/bin/chancery", "ready"]
ENTRYPOINT ["/usr/local/bin/chancery"]
CMD ["serve"]
