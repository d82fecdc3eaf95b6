export { type GitUser, gitUserFrom } from './ignore/git-config.ts';
export { Ignore, type IgnoreOptions, type IgnoreReason } from './ignore/ignore.ts';
export { defaultMaxBytes, type ReadOptions, readSource } from './read.ts';
export { roleOf } from './role.ts';
export { type WalkOptions, type WalkResult, walkTree } from './walk.ts';
