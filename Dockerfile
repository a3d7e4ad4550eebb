FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
RUN npm run build

# Without the optional dependencies there is no embedded PostgreSQL: the service needs DATABASE_URL.
FROM node:24-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --omit=optional

FROM node:24-slim
# Loopback inside a container reaches nobody; which addresses may reach the container is decided where it is published.
# So the service starts only with API keys or tokens, or where AUTH=none says that something else guards it.
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000
WORKDIR /app
# All of it belongs to root, so the service cannot change itself. It writes nothing but the workers' sockets, in /tmp:
# with a read-only root, mount a tmpfs there.
COPY package.json ./
COPY drizzle ./drizzle
COPY --from=dependencies /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
USER node
EXPOSE 3000
# livez, not readyz: a container that stands by for another is healthy and must not be replaced.
HEALTHCHECK --interval=5s --timeout=3s --start-period=90s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.PORT + '/livez').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "dist/main.js", "serve"]
