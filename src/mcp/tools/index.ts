import type { Tool } from '../tool.ts';
import { findRelated } from './find-related.ts';
import { findSymbol } from './find-symbol.ts';
import { indexStatus } from './index-status.ts';
import { readCode } from './read-code.ts';
import { searchCode } from './search-code.ts';

/** All tools, in the order clients list them. */
export const tools: readonly Tool[] = [searchCode, findSymbol, findRelated, readCode, indexStatus];
