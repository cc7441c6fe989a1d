// The fastest consumer that librabbitmq allows: it takes `count` messages, does nothing, and acks 64 at a time.
// usage: bare_consumer <queue> <count> [prefetch] [ack every]
// Prints one line of JSON after the last ack, then waits to be ended, so that its memory can be read.
#include "common.h"

int main(int argc, char **argv) {
    if (argc < 3) die("usage: bare_consumer <queue> <count> [prefetch] [ack every]");
    long count = atol(argv[2]);
    long every = argc > 4 ? atol(argv[4]) : 64;
    amqp_connection_state_t connection = connect_to_broker();
    amqp_basic_qos(connection, 1, 0, (uint16_t)(argc > 3 ? atoi(argv[3]) : 2000), 0);
    check(amqp_get_rpc_reply(connection), "basic.qos");
    amqp_basic_consume(connection, 1, amqp_cstring_bytes(argv[1]), amqp_empty_bytes, 0, 0, 0, amqp_empty_table);
    check(amqp_get_rpc_reply(connection), "basic.consume");

    double first = 0, cpu = 0;
    for (long taken = 1; taken <= count; taken++) {
        amqp_envelope_t envelope;
        amqp_maybe_release_buffers(connection);
        check(amqp_consume_message(connection, &envelope, NULL, 0), "consume");
        if (taken == 1) {
            first = now();
            cpu = cpu_time();
        }
        if (taken % every == 0 || taken == count)
            check_status(amqp_basic_ack(connection, 1, envelope.delivery_tag, 1), "basic.ack");
        amqp_destroy_envelope(&envelope);
    }
    double last = now();
    cpu = cpu_time() - cpu;
    // The reply to a synchronous call says that the broker has taken the acks before it.
    check(amqp_channel_close(connection, 1, AMQP_REPLY_SUCCESS), "channel.close");
    printf("{\"first\": %.6f, \"last\": %.6f, \"cpu\": %.6f}\n", first, last, cpu);
    fflush(stdout);
    pause();
}
