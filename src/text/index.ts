export { normaliseText, preTokens } from './pre-tokens.ts';
export { countTokens, TokenStatistics } from './token-statistics.ts';
export { defaultSpecialTokens, type EncodeOptions, Tokenizer } from './tokenizer.ts';
export { formatTokenizer, parseTokenizer, readTokenizer, writeTokenizer } from './tokenizer-json.ts';
export { type BpeOptions, type BpeProgress, trainBpe } from './train-bpe.ts';
