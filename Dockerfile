# A proxy: `docker build -t chaos-proxy .`; with the embedding model in the image: `--target proxy-with-model`.
# See docker-compose.yml for two of them with Redis and TimescaleDB, deploy/kubernetes for pods.
FROM node:22-bookworm AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc tsconfig.json ./
# Sources first: `prepare` compiles them, and builds the dashboard.
COPY core core
COPY brain brain
COPY bench bench
COPY scripts scripts
COPY test test
COPY dashboard dashboard
RUN npm ci

FROM build AS production
RUN npm prune --omit=dev --ignore-scripts

# For trying out: an API with data that can be changed.
FROM build AS sample-api
COPY docker/sample.json /data/sample.json
EXPOSE 3000
USER node
CMD ["npx", "json-server", "--host", "0.0.0.0", "--port", "3000", "/data/sample.json"]

FROM build AS model
RUN CHAOS_MODEL_DIR=/models npm run fetch-model

FROM node:22-bookworm-slim AS runtime
WORKDIR /app
ENV NODE_ENV=production CHAOS_DATA_DIR=/data
RUN mkdir /data && chown node:node /data
COPY --from=production /app/package.json ./
COPY --from=production /app/node_modules node_modules
COPY --from=production /app/dist dist
USER node
VOLUME /data
EXPOSE 8080 9090
# Not localhost: that may be ::1, and the admin port is on 127.0.0.1 unless CHAOS_ADMIN_HOST says otherwise.
HEALTHCHECK --interval=5s --timeout=2s --start-period=60s CMD ["node", "-e", "fetch('http://127.0.0.1:9090/readyz').then(r => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "--enable-source-maps", "dist/core/main.js"]

FROM runtime AS proxy-with-model
COPY --from=model /models /models
ENV CHAOS_MODEL_DIR=/models CHAOS_FETCH_MODEL=off

# What is built where no target is named.
FROM runtime AS proxy
