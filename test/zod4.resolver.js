/** Gives the package zod 4 instead of the zod 3 that n8n brings along today; n8n itself keeps its own. */
module.exports = (request, options) => {
	const isOurs = request === 'zod' && /[/\\]nodes[/\\]KibanaEntityStore/.test(options.basedir);
	return options.defaultResolver(isOurs ? 'zod-4' : request, options);
};
