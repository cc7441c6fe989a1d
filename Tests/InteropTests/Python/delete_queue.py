"""Removes a queue, and its dead-letter queue, and prints how many messages were in the former."""
import argparse

from kombu import Connection

parser = argparse.ArgumentParser()
parser.add_argument("--broker", required=True)
parser.add_argument("--queue", required=True)
options = parser.parse_args()
with Connection(options.broker) as connection:
    connection.default_channel.queue_delete(options.queue + ".dead")
    print(connection.default_channel.queue_delete(options.queue) or 0)
