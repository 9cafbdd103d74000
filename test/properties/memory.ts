/** Runs the node with many items or entities on n8n's engine, in a heap of its own, and prints what came out. */
import { automatic, nodeOn } from '../acceptance/run';
import { runNode, type EngineRun } from '../../sandbox/n8n/engine';

const [url = '', apiKey = '', work = '', count = ''] = process.argv.slice(2);

const writing = (): Pick<EngineRun, 'items' | 'parameters'> => {
	const items = Array.from({ length: Number(count) }, (_, index) => ({
		user: { name: `user-${index}`, email: [`user-${index}@example.com`], full_name: ['Jane Doe'] },
		entity: { name: `Jane Doe ${index}`, source: 'okta', attributes: { managed: true } },
		asset: { owner: 'security operations', business_unit: 'research and development' },
		profile: { department: 'engineering', office: 'nowhere in particular', floor: index % 9 },
	}));
	return { items, parameters: automatic({ force: true }) };
};

/** Lists everything, in the short form. */
const listing = (): Pick<EngineRun, 'items' | 'parameters'> => ({
	items: [{}],
	parameters: { resource: 'entity', operation: 'getAll', returnAll: true },
});

const main = async (): Promise<void> => {
	const { outputs, error } = await runNode({
		...nodeOn({ url, apiKey }),
		...(work === 'write' ? writing() : listing()),
		onError: 'continueErrorOutput',
	});
	if (error) throw error;
	const heapMb = Math.round(process.memoryUsage().heapUsed / 1024 / 1024);
	console.log(JSON.stringify({ outputs: outputs.map(({ length }) => length), heapMb }));
};

main().catch((error: Error) => {
	console.error(error.message);
	process.exitCode = 1;
});
