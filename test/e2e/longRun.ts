/** What a long run is shown with in the editor, for the test and for the screenshots. */
import { BATCHES_NODES } from '../examples/batches';
import type { Example } from '../examples/workflow';
import type { CredentialName } from './editor';

export interface Gate {
	/** Resolves once the gate is open. */
	readonly opened: () => Promise<void>;
	readonly open: () => void;
}

/** Something to wait for until a test lets it go on. */
export const gate = (): Gate => {
	let open = (): void => undefined;
	const opened = new Promise<void>((resolve) => {
		open = resolve;
	});
	return { opened: async () => await opened, open: () => open() };
};

/** The ready workflow with batches of another size, which writes with this credential. */
export const inBatches = (
	{ workflow }: Example,
	batchSize: number,
	credential: CredentialName,
): object => ({
	...workflow,
	nodes: workflow.nodes.map((one) => {
		if (one.name === BATCHES_NODES.BATCHES) {
			return { ...one, parameters: { ...one.parameters, batchSize } };
		}
		if (one.name !== BATCHES_NODES.WRITE) return one;
		const parameters = one.parameters as { readonly options: object };
		return {
			...one,
			parameters: { ...parameters, options: { ...parameters.options, dryRun: false } },
			credentials: { kibanaEntityStoreApi: credential },
		};
	}),
});
