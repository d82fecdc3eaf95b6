/** Below it a snapshot is a tree of files, not a pool of snippets. */
const smallShare = 0.1;

/**
 * How much a snapshot is a pool of snippets, where every file is one unit, by the squared share of files in units: 1 for a pool,
 * near 0 for a tree. `isTree` says that it is too little to treat any of it as one.
 */
export function snippetShare({ files, units }: { files: number; units: number }): {
  share: number;
  isTree: boolean;
} {
  const share = Math.min(1, files / Math.max(1, units)) ** 2;
  return { share, isTree: share < smallShare };
}
