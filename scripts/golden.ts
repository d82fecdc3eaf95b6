import { evaluateGolden, ranksFile } from '../test/support/golden.ts';

// Brings test/golden/ranks.txt up to date after a change of the ranking: npm run golden [-- --accept "why"].
process.exitCode = await evaluateGolden(ranksFile, process.argv.slice(2), process);
