import { defineConfig } from 'vitest/config';

const config: ReturnType<typeof defineConfig> = defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    reporters: ['default', './test/support/closing-line.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Tests name the model they want: what is shipped would change what they see.
    env: { QUARRY_MODEL: 'none', QUARRY_RERANKER: 'none' },
  },
});

export default config;
