/** What a test Elasticsearch stores: documents of data streams and of indices. */
export type Document = Readonly<Record<string, unknown>>;

/** Why a document is refused alone. */
export interface Refusal {
	readonly status: number;
	readonly type: string;
	readonly reason: string;
}

/** One document that is to be written. */
export interface Write {
	readonly action: 'create' | 'index';
	/** The name of a data stream or of an index. */
	readonly target: string;
	/** Without an ID the document gets one. */
	readonly id: string | undefined;
	readonly document: Document;
}

interface WriteError {
	readonly status: number;
	readonly id?: string;
	readonly error: { readonly type: string; readonly reason: string };
}

export type WriteResult =
	| { readonly status: number; readonly index: string; readonly id: string }
	| WriteError;

export interface Indices {
	write(write: Write): WriteResult;
	documents(target: string): readonly Document[];
	refuse(rule?: (document: Document) => Refusal | undefined): void;
	clear(): void;
}

/** Elasticsearch's own index template for logs makes data streams of these names. */
const isDataStream = (target: string): boolean => /^logs-[^-]+-[^-]+$/.test(target);

const errorOf = (status: number, type: string, reason: string, id?: string): WriteError => ({
	status,
	...(id !== undefined && { id }),
	error: { type, reason },
});

export const createIndices = (): Indices => {
	const targets = new Map<string, Map<string, Document>>();
	let ruling: ((document: Document) => Refusal | undefined) | undefined;
	let made = 0;

	return {
		write: ({ action, target, id, document }) => {
			if (isDataStream(target) && action !== 'create') {
				return errorOf(
					400,
					'illegal_argument_exception',
					'only write ops with an op_type of create are allowed in data streams',
					id,
				);
			}
			const documents = targets.get(target) ?? new Map<string, Document>();
			targets.set(target, documents);
			if (action === 'create' && id !== undefined && documents.has(id)) {
				return errorOf(
					409,
					'version_conflict_engine_exception',
					`[${id}]: version conflict, document already exists (current version [1])`,
					id,
				);
			}
			const refused = ruling?.(document);
			if (refused) return errorOf(refused.status, refused.type, refused.reason, id);
			made += 1;
			const key = id ?? `made-${made}`;
			// The pipeline of the template adds a missing time.
			const stamp = isDataStream(target) ? { '@timestamp': new Date().toISOString() } : {};
			documents.set(key, { ...stamp, ...document });
			return {
				status: 201,
				index: isDataStream(target) ? `.ds-${target}-000001` : target,
				id: key,
			};
		},
		documents: (target) => [...(targets.get(target)?.values() ?? [])],
		refuse: (rule) => {
			ruling = rule;
		},
		clear: () => {
			targets.clear();
			ruling = undefined;
		},
	};
};
