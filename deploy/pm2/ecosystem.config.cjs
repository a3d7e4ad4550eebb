// pm2 start deploy/pm2/ecosystem.config.cjs, in the folder of the project, after npm ci && npm run build.
// Settings come from the environment or from .env.
const { join } = require('node:path');

module.exports = {
  apps: [
    {
      name: 'user-balance',
      script: 'dist/main.js',
      args: 'serve',
      cwd: join(__dirname, '..', '..'),
      // Not cluster mode: the launcher forks its workers and binds their port itself. Under pm2's cluster each instance
      // would be another launcher on the same database, of which one serves and the others stand by.
      exec_mode: 'fork',
      instances: 1,
      // Processes of the launcher are its own to end: pm2 tells the launcher alone, which drains within 5 s.
      treekill: false,
      kill_timeout: 10000,
      // pm2 reload would end it and start another. For a rolling restart: pm2 sendSignal SIGHUP user-balance
      autorestart: true,
      exp_backoff_restart_delay: 500,
      merge_logs: true,
    },
  ],
};
