/** The shape of records: where the fields of an item are found, and where they stand in what is sent. */

/** A record as Kibana takes it: nested, typed, without empty values. */
export type EntityRecord = Readonly<Record<string, unknown>>;

/** A field, and where its value stands among those of all fields. */
export interface Place {
	/** Dotted path. */
	readonly path: string;
	readonly at: number;
}

/** What a key leads to, a field or a section; a key may be dotted and skip levels. */
interface Target<Slot extends Place> {
	readonly slot?: Slot;
	readonly section?: Section<Slot>;
}
export type Section<Slot extends Place> = ReadonlyMap<string, Target<Slot>>;

/**
 * Compiles all that can stand below a section: its fields and further sections by every way to them.
 *
 * @param prefix path of the section with a dot behind it; empty for the root
 */
export const compileSection = <Slot extends Place>(
	slots: readonly Slot[],
	prefix = '',
): Section<Slot> => {
	const targets = new Map<string, Target<Slot>>();
	for (const slot of slots) {
		const { path } = slot;
		if (!path.startsWith(prefix)) continue;
		targets.set(path.slice(prefix.length), { slot, section: undefined });
		for (const dot of path.slice(prefix.length).matchAll(/\./g)) {
			const key = path.slice(prefix.length, prefix.length + dot.index);
			if (!targets.has(key)) {
				const section = compileSection(slots, `${prefix}${key}.`);
				targets.set(key, { slot: undefined, section });
			}
		}
	}
	return targets;
};

/** In the place of a value: the source does not have the field. */
const ABSENT = Symbol('absent');

/** A section of the records that go out: where its values stand, and the sections inside it. */
interface Layout {
	readonly fields: ReadonlyArray<{ readonly key: string; readonly at: number }>;
	readonly sections: ReadonlyArray<{ readonly key: string; readonly layout: Layout }>;
}

/**
 * Compiles the layout of a section from the fields inside it.
 *
 * @param prefix path of the section with a dot behind it; empty for the root
 */
const compileLayout = (slots: readonly Place[], prefix = ''): Layout => {
	const inside = slots.filter(({ path }) => path.startsWith(prefix));
	const keysOf = inside.map(({ path }) => path.slice(prefix.length).split('.'));
	const names = keysOf.flatMap(([key = '', ...more]) => (more.length > 0 ? [key] : []));
	return {
		fields: inside.flatMap(({ at }, nth) => {
			const [key = '', ...more] = keysOf[nth] as string[];
			return more.length > 0 ? [] : [{ key, at }];
		}),
		sections: [...new Set(names)].map((key) => ({
			key,
			layout: compileLayout(slots, `${prefix}${key}.`),
		})),
	};
};

/** Returns the section with every value that there is, or undefined when there is none. */
const fillLayout = (
	{ fields, sections }: Layout,
	values: readonly unknown[],
): EntityRecord | undefined => {
	let filled: Record<string, unknown> | undefined;
	for (const { key, at } of fields) {
		const value = values[at];
		if (value !== undefined && value !== ABSENT) (filled ??= {})[key] = value;
	}
	for (const { key, layout } of sections) {
		const section = fillLayout(layout, values);
		if (section !== undefined) (filled ??= {})[key] = section;
	}
	return filled;
};

/** The values of one record after the other, by place. */
export interface Values {
	/** Begins another record. */
	readonly clear: () => void;
	/** Whether there is a value in this place, or one that cannot be sent. */
	readonly has: (at: number) => boolean;
	/** Returns undefined where there is no value. */
	readonly get: (at: number) => unknown;
	/** @param value undefined for one that cannot be sent */
	readonly put: (at: number, value: unknown) => void;
	/** Returns the record with every value that there is, or undefined when there is none. */
	readonly toRecord: () => EntityRecord | undefined;
}

/**
 * Returns the memory for the values of a record. All records of a run use it, one after the other.
 *
 * @param sent the fields that go out, in their order
 * @param count how many places there are
 */
export const createValues = (sent: readonly Place[], count: number): Values => {
	const values = new Array<unknown>(count).fill(ABSENT);
	/** By place: 1 once a record had a value there. Of the catalogue a run uses few fields. */
	const occurs = new Uint8Array(count);
	let layout: Layout | undefined;
	return {
		clear: () => void values.fill(ABSENT),
		has: (at) => values[at] !== ABSENT,
		get: (at) => (values[at] === ABSENT ? undefined : values[at]),
		put: (at, value) => {
			values[at] = value;
			if (occurs[at] === 1) return;
			occurs[at] = 1;
			layout = undefined;
		},
		toRecord: () => {
			layout ??= compileLayout(sent.filter(({ at }) => occurs[at] === 1));
			return fillLayout(layout, values);
		},
	};
};
