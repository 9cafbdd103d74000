/**
 * Loaded by a real n8n (EXTERNAL_HOOK_FILES): when an execution has ended, it tells the benchmark when
 * each node ran, before n8n goes on to print all data.
 */
const BYTES_PER_KB = 1024;

const spanOf = (runs) => ({
	begin: Math.min(...runs.map(({ startTime }) => startTime)),
	end: Math.max(...runs.map(({ startTime, executionTime }) => startTime + executionTime)),
});

const postExecute = async ({ status, data }) => {
	const { runData, error } = data.resultData;
	const nodes = Object.entries(runData).map(([name, runs]) => ({ name, ...spanOf(runs) }));
	const peakRssBytes = process.resourceUsage().maxRSS * BYTES_PER_KB;
	process.send?.({ status, error: error?.message, nodes, peakRssBytes });
};

module.exports = { workflow: { postExecute: [postExecute] } };
