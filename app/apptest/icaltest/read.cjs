// Reads calendars with ical.js, which knows no zone but those that a file describes itself (argument 1: where it stands), and says
// what it has understood: JSON of the events' instants in UTC, and what is wrong.
const { createRequire } = require("node:module");
const ical = createRequire(process.argv[2])("ical.js");
const ICAL = ical.default ?? ical;
const file = require("node:fs").readFileSync(0, "utf8");

const problems = [];
file.split("\r\n").forEach((line, i) => {
	if (/[\r\n]/.test(line)) problems.push(`line ${i + 1} does not end with CR LF`);
	if (Buffer.byteLength(line) > 75) problems.push(`line ${i + 1} is longer than 75 octets`);
	if (/[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/.test(line)) problems.push(`line ${i + 1} holds a control character`);
});
if (!file.endsWith("END:VCALENDAR\r\n")) problems.push("it does not end with END:VCALENDAR");

const root = new ICAL.Component(ICAL.parse(file));

const events = root.getAllSubcomponents("vevent").map((event) => {
	const say = (name) => event.getFirstPropertyValue(name) ?? "";
	const at = (name) => {
		const time = event.getFirstPropertyValue(name);
		const zone = event.getFirstProperty(name).getParameter("tzid");
		if (zone && time.zone.tzid !== zone) problems.push(`${say("uid")}: the file does not describe ${zone}`);
		return time.toJSDate().toISOString();
	};
	return {
		uid: say("uid"), title: say("summary"), place: say("location"), notes: say("description"), link: say("url"),
		zone: event.getFirstProperty("dtstart").getParameter("tzid") ?? "", startsAt: at("dtstart"), endsAt: at("dtend"), changedAt: at("dtstamp"),
		status: say("status"), sequence: event.getFirstPropertyValue("sequence"), busy: say("transp") !== "TRANSPARENT",
	};
});
process.stdout.write(JSON.stringify({
	name: root.getFirstPropertyValue("x-wr-calname") ?? "", method: root.getFirstPropertyValue("method") ?? "",
	events, problems,
}));
