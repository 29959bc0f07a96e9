import type { BuildOptions } from 'esbuild'

/** `entryPoints`: sources by the name that the file in `outdir` gets (`NAME.mjs`); `options` go before the usual ones. */
export function bundle(outdir: string, entryPoints: Readonly<Record<string, string>>, options?: BuildOptions): Promise<void>
