/**
 * Version of the engine's rules: the order of its float64 operations, its fill rules, its
 * indicators. It changes when the same release on the same bars would give other decisions. The
 * build adds the hash of the sources to it, so that a forgotten change still shows.
 */
export const ENGINE_VERSION = 'engine-1';
