/** Cutting what is to be read into pages. */

export interface PageLimits {
	/** Most items of a page. */
	readonly maxItems: number;
	/** Most bytes that the items of a page need in its request. */
	readonly maxBytes: number;
}

/**
 * Yields pages of items that one request can ask for, in order. An item that is too large alone gets a page of its own.
 *
 * @param bytesOf bytes that an item needs in a request
 */
export const cutIntoPages = function* <Item>(
	items: Iterable<Item>,
	bytesOf: (item: Item) => number,
	{ maxItems, maxBytes }: PageLimits,
): Generator<Item[]> {
	let page: Item[] = [];
	let bytes = 0;
	for (const item of items) {
		const added = bytesOf(item);
		if (page.length > 0 && (page.length >= maxItems || bytes + added > maxBytes)) {
			yield page;
			page = [];
			bytes = 0;
		}
		page.push(item);
		bytes += added;
	}
	if (page.length > 0) yield page;
};
