/* libEmotionReady.so: keeps a tool ready that takes long to load. Preloaded into ffmpeg, it lets the loader do all its work, and in the
 * place of main serves a socket (ready.c): for each job it forks, and the child (child.c), which has everything loaded, is the tool that
 * has just been started. Who speaks to it: start.c, in the terms of job.h.
 *
 *   EMOTION_READY   SOCKET JOBS MEMORY CPU FILE FILES NICENESS: the socket to make, jobs at once, and the limits of each: bytes of
 *                   address space, seconds, bytes of a file, open files, and what is added to the niceness
 *   standard input  ends: kills what runs, and ends. That is how it outlives nobody: the process that holds the other end may have
 *                   died in any way. A byte: takes no new jobs, and ends when the last is done.
 *   standard output 'r' when it is ready
 */
#define _GNU_SOURCE
#include "ready.h"

#include <dirent.h>
#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static struct limits limits;
static char socket_name[108];
static int (*tool_main)(int, char **, char **);

static void on_child(int signal) { (void)signal; /* Only wakes ppoll. */ }

static int listen_at(const char *name) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(address.sun_path, name, strlen(name) + 1);
    int listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    umask(S_IRWXG | S_IRWXO);
    return bind(listener, (struct sockaddr *)&address, sizeof address) == 0 && listen(listener, MOST_JOBS) == 0 ? listener : -1;
}

/* A thread that a library has started would be missing in the child. */
static int is_single_threaded(void) {
    int entries = 0;
    DIR *tasks = opendir("/proc/self/task");
    if (tasks == NULL) return 0;
    for (struct dirent *entry; (entry = readdir(tasks)) != NULL;) entries += entry->d_name[0] != '.';
    closedir(tasks);
    return entries == 1;
}

static int keep_ready(int argc, char **argv, char **environment) {
    static struct request request;
    /* What it was started with by mistake, jobs are not to have. */
    close_range(STDERR_FILENO + 1, ~0U, 0);
    int listener = is_single_threaded() ? listen_at(socket_name) : -1;
    if (listener < 0) _exit(1);
    keep_identity();
    struct sigaction wake = {.sa_handler = on_child}, ignore = {.sa_handler = SIG_IGN};
    sigset_t child;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    sigprocmask(SIG_BLOCK, &child, NULL);
    sigaction(SIGCHLD, &wake, NULL);
    sigaction(SIGPIPE, &ignore, NULL);
    if (write(STDOUT_FILENO, "r", 1) != 1) _exit(1);
    serve(listener, &request, &limits);

    /* What it was started with comes first: where the tool is a script, that is its interpreter and its path. */
    int count;
    char **arguments = request_arguments(&request, argc, argv, &count);
    renew_canary();
    return tool_main(count, arguments, environment);
}

/* Takes the place of libc's: called by the program's first instructions when all libraries are loaded, with its main. */
__attribute__((visibility("default"))) int __libc_start_main(
    int (*main)(int, char **, char **), int argc, char **argv, void (*init)(void), void (*fini)(void), void (*loader_fini)(void), void *stack_end) {
    int (*start)(int (*)(int, char **, char **), int, char **, void (*)(void), void (*)(void), void (*)(void), void *);
    *(void **)&start = dlsym(RTLD_NEXT, "__libc_start_main");
    const char *settings = getenv("EMOTION_READY");
    tool_main = main;
    int asked = settings != NULL && sscanf(settings, "%107s %d %lu %lu %lu %lu %d", socket_name, &limits.jobs, &limits.memory, &limits.cpu,
                                           &limits.file, &limits.files, &limits.niceness) == 7;
    /* What the tool starts is not to be served like this. */
    unsetenv("LD_PRELOAD");
    unsetenv("EMOTION_READY");
    if (limits.jobs > MOST_JOBS) limits.jobs = MOST_JOBS;
    return start(asked ? keep_ready : main, argc, argv, init, fini, loader_fini, stack_end);
}
