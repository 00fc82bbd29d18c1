import { defineConfig } from 'vitest/config';

// The second project has a real MySQL server, the third a real Kafka broker; each is started only when one of its files is
// among those to run.
export default defineConfig({
  resolve: { conditions: ['millrace-source'] },
  ssr: { resolve: { conditions: ['millrace-source', 'node', 'import', 'default'] } },
  test: {
    // So long that a machine busy with other things is no reason to fail.
    testTimeout: 240_000,
    hookTimeout: 240_000,
    projects: [
      {
        extends: true,
        test: { name: 'unit', include: ['test/**/*.test.ts'], exclude: ['test/**/*.{mysql,kafka}.test.ts'] },
      },
      {
        extends: true,
        test: {
          name: 'mysql',
          include: ['test/**/*.mysql.test.ts'],
          globalSetup: ['test/support/mysql-global-setup.ts'],
        },
      },
      {
        extends: true,
        test: {
          name: 'kafka',
          include: ['test/**/*.kafka.test.ts'],
          globalSetup: ['test/support/kafka-global-setup.ts'],
        },
      },
    ],
  },
});
