import * as fc from 'fast-check';

import { cutIntoPages } from '../../../nodes/KibanaEntityStore/bulk/pages';

const sizes = fc.array(fc.integer({ min: 1, max: 20 }), { maxLength: 60 });
const limits = fc.record({
	maxItems: fc.integer({ min: 1, max: 10 }),
	maxBytes: fc.integer({ min: 1, max: 60 }),
});
const bytesOf = (bytes: number): number => bytes;
const sum = (page: readonly number[]): number => page.reduce((all, one) => all + one, 0);

describe('the pages of a look-up', () => {
	it('contain every item once, in order', () => {
		fc.assert(
			fc.property(sizes, limits, (items, most) => {
				expect([...cutIntoPages(items, bytesOf, most)].flat()).toEqual(items);
			}),
		);
	});

	it('keep to both limits, except that an item which is too large alone has a page of its own', () => {
		fc.assert(
			fc.property(sizes, limits, (items, most) => {
				for (const page of cutIntoPages(items, bytesOf, most)) {
					expect(page.length).toBeGreaterThan(0);
					expect(page.length).toBeLessThanOrEqual(most.maxItems);
					if (page.length > 1) expect(sum(page)).toBeLessThanOrEqual(most.maxBytes);
				}
			}),
		);
	});

	it('are as few as these limits allow: the first item of a page has no room in the one before', () => {
		fc.assert(
			fc.property(sizes, limits, (items, most) => {
				const pages = [...cutIntoPages(items, bytesOf, most)];
				for (const [index, page] of pages.slice(1).entries()) {
					const before = pages[index] as number[];
					const isFull = before.length === most.maxItems;
					expect(isFull || sum(before) + (page[0] as number) > most.maxBytes).toBe(true);
				}
			}),
		);
	});
});
