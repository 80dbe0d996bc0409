/* Makes of a forked child what the launcher makes of the process that it executes: limits, a session of its own, nothing open but what it
 * was given. */
#define _GNU_SOURCE
#include "ready.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAME_BYTES = 16 };

/* As they were when it was started. */
static char tool_name[NAME_BYTES];
static struct sigaction on_child_end, on_broken_pipe;
static sigset_t blocked;

void keep_identity(void) {
    prctl(PR_GET_NAME, tool_name);
    prctl(PR_SET_NAME, "emotion-ready");
    sigaction(SIGCHLD, NULL, &on_child_end);
    sigaction(SIGPIPE, NULL, &on_broken_pipe);
    sigprocmask(SIG_SETMASK, NULL, &blocked);
}

static int limit(__rlimit_resource_t resource, rlim_t most) {
    const struct rlimit both = {.rlim_cur = most, .rlim_max = most};
    return setrlimit(resource, &both);
}

static int set_limits(const struct limits *limits) {
    errno = 0;
    return limit(RLIMIT_CORE, 0) != 0 || limit(RLIMIT_NOFILE, limits->files) != 0 || limit(RLIMIT_AS, limits->memory) != 0 ||
                   limit(RLIMIT_CPU, limits->cpu) != 0 || limit(RLIMIT_FSIZE, limits->file) != 0 || (nice(limits->niceness) == -1 && errno != 0)
               ? -1
               : 0;
}

int become_job(const struct request *request, const struct limits *limits, pid_t parent) {
    /* Should the one that serves be killed, its jobs go with it: nobody else would know of them. It has one thread, so this is no
     * thread's end. */
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return -1;
    if (getppid() != parent) _exit(126);
    prctl(PR_SET_NAME, tool_name);
    sigaction(SIGCHLD, &on_child_end, NULL);
    sigaction(SIGPIPE, &on_broken_pipe, NULL);
    sigprocmask(SIG_SETMASK, &blocked, NULL);
    umask(S_IRWXG | S_IRWXO);
    /* Standard error first: what fails from here on is told there. */
    for (int i = 2; i >= 0; i--) {
        if (dup2(request->descriptors[i], i) < 0) return -1;
    }

    /* In the session of the one that serves, which has no terminal and steps back as a whole: ReadyCommand. */
    if (setpgid(0, 0) != 0 || fchdir(request->descriptors[3]) != 0 || close_range(STDERR_FILENO + 1, ~0U, 0) != 0) return -1;
    return set_limits(limits);
}

/* Every child of one parent would have the same canary on its stack, so that it could be guessed piece by piece; each gets another
 * instead. What is on the stack by then never returns: compiled without the canary, and libc's own end in exit. On other
 * architectures it lies where nobody may write. */
void renew_canary(void) {
#if defined(__x86_64__) && defined(__linux__)
    uintptr_t canary;
    if (getrandom(&canary, sizeof canary, 0) != sizeof canary) return;
    canary &= ~(uintptr_t)0xff; /* As the loader does: no string is copied beyond it. */
    __asm__ volatile("movq %0, %%fs:0x28" : : "r"(canary) : "memory");
#endif
}
