# The program as a container: build, test and run stages.
#
#   docker build -t dmon .                              the image to run
#   docker build --target test -t dmon-test . && docker run --rm dmon-test     the unit tests, inside a container
#
# How to run it: deploy/docker/README.md.
ARG NODE_IMAGE=docker.io/library/node:24-bookworm-slim
ARG RUN_IMAGE=docker.io/library/debian:bookworm-slim

# An own registry or proxy: docker build --secret id=npmrc,src=$HOME/.npmrc .
# One layer of the sources for both stages that install: where each makes its own, a later build may find the other's, and nothing after it.
FROM ${NODE_IMAGE} AS source
WORKDIR /src
COPY . .

FROM source AS build
RUN --mount=type=secret,id=npmrc,target=/root/.npmrc --mount=type=cache,target=/root/.npm npm ci \
 && for package in packages/*/; do \
      if [ -e "$package/dist" ]; then mkdir -p "/built/$package" && cp -r "$package/dist" "/built/$package"; fi; \
    done \
 && find /built \( -name '*.map' -o -name '*.d.ts' -o -name .tsbuildinfo \) -delete

FROM build AS test
CMD ["npx", "vitest", "run", "packages"]

# What it takes to run, installed anew: to take the rest out of the build stage would copy all of it first.
FROM source AS product
RUN --mount=type=secret,id=npmrc,target=/root/.npmrc --mount=type=cache,target=/root/.npm npm ci --omit=dev --ignore-scripts \
 && mkdir -p /app/packages && mv package.json node_modules deploy/docker/healthcheck.sh /app/ \
 && for package in packages/*/; do \
      mkdir "/app/$package" && for part in package.json bin node_modules; do \
        if [ -e "$package$part" ]; then mv "$package$part" "/app/$package"; fi; \
      done; \
    done \
 && rm -rf /app/node_modules/node-*/include /app/node_modules/node-*/lib /app/node_modules/node-*/share

# Node itself comes with the packages, at the version of the lock file: the last stage needs nothing but a C++ runtime.
FROM ${RUN_IMAGE}
LABEL org.opencontainers.image.title="DevOps Monitor" \
      org.opencontainers.image.description="Watches machines at one-second resolution and speaks Prometheus" \
      org.opencontainers.image.licenses="Apache-2.0"
WORKDIR /app
COPY --from=product /app /app
COPY --from=build /built /app
RUN ln -s /app/node_modules/.bin/node /usr/local/bin/node \
 && printf '#!/bin/sh\nexec node /app/packages/cli/bin/dmon.js "$@"\n' > /usr/local/bin/dmon && chmod 0755 /usr/local/bin/dmon \
 && install -d -o 10001 -g 10001 /data
USER 10001:10001
ENV DMON_DATA_DIR=/data
VOLUME ["/data"]
EXPOSE 3666
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s --retries=3 CMD ["bash", "/app/healthcheck.sh"]
ENTRYPOINT ["node", "/app/packages/cli/bin/dmon.js"]
CMD ["start"]
