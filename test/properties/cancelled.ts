/** Runs the node, cancels it at a moment, and prints what is left open when all has ended. */
import { mapping, nodeOn } from '../acceptance/run';
import { startKibana } from '../../sandbox/kibana/server';
import { startRun } from '../../sandbox/n8n/engine';

const ROUTES = {
	'in flight': 'bulk',
	'in a pause': 'bulk',
	'before the first answer': 'status',
} as const;

/** What holds a process open, apart from its own pipes. */
const open = (): string[] =>
	process.getActiveResourcesInfo().filter((name) => !/^(Pipe|TTY|FS|.*Req)/.test(name));

const wait = async (ms: number) => await new Promise((done) => setTimeout(done, ms));

const main = async (): Promise<void> => {
	const moment = process.argv[2] as keyof typeof ROUTES;
	const kibana = await startKibana({});
	const isPause = moment === 'in a pause';
	kibana.answerNextOn(
		ROUTES[moment],
		isPause ? { status: 503, headers: { 'retry-after': '50' } } : { hang: 'before' },
	);
	const started = startRun({
		...nodeOn(kibana),
		items: [{ id: 'a' }, { id: 'b' }],
		parameters: mapping({ 'entity.id': '={{ $json.id }}' }),
	});
	const asked = () => kibana.requests.some(({ path }) => path.includes(isPause ? 'bulk' : ''));
	while (!asked()) await wait(5);
	await wait(300);
	started.cancel();
	const { status } = await started.result;
	const requests = kibana.requests.length;
	await kibana.stop();
	// The pause is cut into short steps, and the last of these may still run.
	await wait(400);
	const left = open();
	console.log(
		`${status} after ${requests} requests; open: ${left.length === 0 ? 'nothing' : left.join(', ')}`,
	);
};

void main();
