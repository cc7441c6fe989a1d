// Answers each task message at once with a correct result of 2: the least that a round trip can cost.
// usage: floor_responder <queue>
// Publishes to the message's reply_to what Celery's rpc:// backend would (Celery reference, 5.2 and 5.4), then acks.
#include "common.h"

int main(int argc, char **argv) {
    if (argc < 2) die("usage: floor_responder <queue>");
    amqp_connection_state_t connection = connect_to_broker();
    amqp_basic_qos(connection, 1, 0, 80, 0);
    check(amqp_get_rpc_reply(connection), "basic.qos");
    amqp_basic_consume(connection, 1, amqp_cstring_bytes(argv[1]), amqp_empty_bytes, 0, 0, 0, amqp_empty_table);
    check(amqp_get_rpc_reply(connection), "basic.consume");
    for (;;) {
        amqp_envelope_t envelope;
        amqp_maybe_release_buffers(connection);
        check(amqp_consume_message(connection, &envelope, NULL, 0), "consume");
        amqp_basic_properties_t *request = &envelope.message.properties;
        if (request->_flags & AMQP_BASIC_REPLY_TO_FLAG && request->correlation_id.len == 36) {
            char body[512], date[32];
            time_t seconds = time(NULL);
            struct tm utc;
            strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", gmtime_r(&seconds, &utc));
            int length = snprintf(body, sizeof body,
                                  "{\"status\": \"SUCCESS\", \"result\": 2, \"traceback\": null, \"children\": [], "
                                  "\"date_done\": \"%s.000000+00:00\", \"task_id\": \"%.*s\"}",
                                  date, 36, (char *)request->correlation_id.bytes);
            amqp_basic_properties_t reply = {
                ._flags = AMQP_BASIC_CONTENT_TYPE_FLAG | AMQP_BASIC_CONTENT_ENCODING_FLAG |
                          AMQP_BASIC_DELIVERY_MODE_FLAG | AMQP_BASIC_PRIORITY_FLAG | AMQP_BASIC_CORRELATION_ID_FLAG |
                          AMQP_BASIC_HEADERS_FLAG,
                .content_type = amqp_cstring_bytes("application/json"),
                .content_encoding = amqp_cstring_bytes("utf-8"),
                .delivery_mode = 1,
                .correlation_id = request->correlation_id,
            };
            check_status(amqp_basic_publish(connection, 1, amqp_empty_bytes, request->reply_to, 0, 0, &reply,
                                            (amqp_bytes_t){(size_t)length, body}),
                         "publish");
        }
        check_status(amqp_basic_ack(connection, 1, envelope.delivery_tag, 0), "basic.ack");
        amqp_destroy_envelope(&envelope);
    }
}
