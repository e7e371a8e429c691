# A proxy: `docker build -t chaos-proxy .`; see docker-compose.yml for two of them with Redis and TimescaleDB.
FROM node:22-bookworm AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc tsconfig.json ./
# Sources first: `prepare` compiles them.
COPY core core
COPY brain brain
COPY bench bench
COPY scripts scripts
COPY test test
RUN npm ci

FROM build AS production
RUN npm prune --omit=dev --ignore-scripts

# For trying out: an API with data that can be changed.
FROM build AS sample-api
COPY docker/sample.json /data/sample.json
EXPOSE 3000
CMD ["npx", "json-server", "--host", "0.0.0.0", "--port", "3000", "/data/sample.json"]

FROM node:22-bookworm-slim AS proxy
WORKDIR /app
ENV NODE_ENV=production CHAOS_DATA_DIR=/data
RUN mkdir /data && chown node:node /data
COPY --from=production /app/package.json ./
COPY --from=production /app/node_modules node_modules
COPY --from=production /app/dist dist
USER node
VOLUME /data
EXPOSE 8080 9090
HEALTHCHECK --interval=5s --timeout=2s CMD ["node", "-e", "fetch('http://localhost:9090/readyz').then(r => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "--enable-source-maps", "dist/core/main.js"]
