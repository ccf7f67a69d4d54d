// Command bench measures what a page costs. `make bench` builds the program and runs it:
//
//	make bench                                   both databases
//	make bench ARGS="-only sqlite -rounds 3"     a part
//	make bench ARGS="-growth"                    the list of users and the search with 1,000, 10,000 and 100,000 people and cases (growth.go)
//	make bench ARGS="-search"                    what is asked of 100,000 cases, by each kind of reader (search.go); five minutes
//	make bench ARGS="-flood"                     200 sign-ins a second, more than can be hashed (flood.go); four minutes
//	make bench ARGS="-messages"                  the work on cases in a practice of 20,000 cases and 1,000,000 messages (talk.go)
//	make bench ARGS="-live"                      2,000 open pages: what each weighs, and how soon it is told (live.go)
//	make bench ARGS="-daily"                     the daily summaries of 100,000 people with 1,000,000 unread messages (daily.go); four minutes
//	make bench ARGS="-post"                      mails to a sink against a bare client, and what the loops cost at rest (outbox.go); eight minutes
//	make bench ARGS="-sync"                      the nightly sync of 100,000 cases (sync.go); ten minutes
//	make bench ARGS="-calendars"                 a thousand people's calendars at Google and at Microsoft, simulated (calendars.go); two to six minutes
//	make bench ARGS="-declared"                  10,000 people declared by manifests, applied and compared again (declared.go); three minutes
//	make bench ARGS="-operator"                  how soon the practice agrees with an edit in a cluster (operator.go); two minutes
//	make bench ARGS="-many"                      5,000 cases reassigned, the sheet of one who leaves (many.go); a minute
//
// # What is measured
//
// The built program, started as an operator would, on a practice of 10,000 people with 2,000 cases and 100,000 messages,
// once on SQLite in a temporary folder
// and once on Postgres: a cluster of the bench's own on a Unix socket and a real disk, with fsync, full-page writes and
// synchronous commits on, as in production. Sixteen kept connections on loopback do what people do (scenarios.go):
// each person signs in by the page, and every form has its token.
//
// CPU is what is compared, not time: it is nearly the same when others use the machine too. It comes from the processes'
// own clocks, in nanoseconds (clock_linux.go); of Postgres it is the sum over the server and all its connections. Our
// driver's own CPU is not in it.
//
// Statements are counted in this process, by one request on each database before the driving (measure.go): so nothing
// that counts slows down what is measured. A transaction's BEGIN and COMMIT are not among them.
//
// # The floors
//
// Beside it runs this same program as `bench floor` (floor.go), with the same requests from the same driver:
//
//	F0  Fiber as it comes; one session select and one user select through the raw driver, statements prepared once; as
//	    many bytes as the product's answer; no template. Of a save it also has the update of one row with its audit line,
//	    both or neither, by the shortest way that each database has: no change may be without its line (S1-14). The same
//	    save over one bare update, which leaves no trace of who changed what, stands beneath it.
//	F1  F0 and one plain execution of My Profile's html/template, with the data that the product gave it: "written" has
//	    all calls of t, icon and asset left for run time, "folded" is what views makes of it when loading.
//	    The bare argon2id of the sign-in (19 MiB, two passes, one lane), as many at once as there are cores.
//
// Product and floor take turns within a round, and a ratio is the median of the rounds' ratios, so that a slow minute
// of the machine counts for both. Ratios are of server and database together: work that moves into the database is not
// saved.
//
// It prints whether each target is met. It never fails on a figure: only when something does not work.
//
// # What it found
//
// Two cores (make bench); CPU a request, server and Postgres together, times F0, and what it was at first:
//
//	                        SQLite              Postgres                    target
//	GET /me                       2.4  (7.3)               2.1  (6.7)       3
//	  as a fragment               2.0  (7.0)               1.8  (5.1)       2
//	a field as a fragment         1.4  (2.9)               1.6  (2.3)       2
//	a save of it                  1.4                      1.4              2
//	  over a bare update          3.9  (10.0)              1.5  (7.2)
//	sign-in, to bare argon2id     0.84                     0.84             1.1
//	idle, resident          38.3 MiB            31.5 MiB                    40 MiB
//
// The fragment's 2.0 is 1.93 to 2.04 in six runs: it has no room left.
//
// On SQLite half of a save is the database's own: the pages of the row, of the audit line and of its two indexes, written
// to the log and once more when it is put into the file.
//
// Many cases at once (make bench ARGS="-many", the same two cores), ms of CPU. Their floor does the same by one INSERT of
// the audit's lines, made by the database, and one UPDATE. The sheet counts what somebody owns and lists none of it:
//
//	                                  SQLite             Postgres             target
//	5,000 cases reassigned            215   1.3          55 + 160   1.6       2, times the floor
//	the sheet of one who has 500      4.8   1.0          1.0 + 2.2  1.0       1.2, times that of one who has 5
//
// Ten thousand people declared by manifests (make bench ARGS="-declared", two cores with others at work): seconds, times the floor, statements. The floor of the first
// apply writes its rows once more without a rule, an index or a mail; that of a comparison reads the files and each person's row:
//
//	                                  SQLite                     Postgres
//	first apply, all invited          33 s   31   180,127        45 s   14   180,542
//	nothing to do, writes nothing     2.5 s  2.3  12             2.4 s  2.2  12
//	every hundredth otherwise         2.7 s       912            2.5 s       912
//	one otherwise                     2.4 s       21             1.9 s       21
//	heap at most                      87 MiB                     88 MiB
//
// From an edit of a custom resource to its status, one after the other among a thousand people (make bench ARGS="-operator", the same cores): p50 305 ms, p99 497 ms, of
// which 100 ms are waited for further edits.
//
// A thousand people's calendars outside (make bench ARGS="-calendars"), by the clock of the simulation: requests, how long, and the most of them in any window
// to what the keeper allows in it, of the practice or of one account, whichever comes nearer. The target is half:
//
//	                                           Google                     Microsoft
//	1,000 with 20 events, all new              22,000   4:35   0.48       23,000   4:48   below 0.01
//	nothing has changed                         1,000   0:13   0.10        1,000   0:13   below 0.01
//	grants renewed, all listed anew             4,000   0:50   0.40        3,000   0:38   below 0.01
//	one person with 1,000 events, all new       1,008   3:30   0.49        1,009   1:41   0.10
//	  nothing has changed                           1                          1
package main
