export interface Nested<Leaf> {
	[key: string]: Nested<Leaf> | Leaf;
}

/**
 * Nests leaves by their dotted paths: `user.email` becomes `email` inside `user`. The paths are those of the
 * catalogue, where no path is the beginning of another.
 */
export const nest = <Leaf>(leaves: Iterable<readonly [path: string, leaf: Leaf]>): Nested<Leaf> => {
	const root: Nested<Leaf> = {};
	for (const [path, leaf] of leaves) {
		const keys = path.split('.');
		const last = keys.pop() as string;
		let section = root;
		for (const key of keys) section = (section[key] ??= {}) as Nested<Leaf>;
		section[last] = leaf;
	}
	return root;
};
