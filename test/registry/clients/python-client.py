"""Registers, encodes, decodes and is refused, with confluent-kafka. Prints what it got as JSON."""

import json
import sys

from confluent_kafka.schema_registry import Schema, SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer, AvroSerializer
from confluent_kafka.schema_registry.error import SchemaRegistryError
from confluent_kafka.serialization import MessageField, SerializationContext

url, given = sys.argv[1], json.loads(sys.argv[2])
client = SchemaRegistryClient({"url": url})
subject, topic = given["subject"], given["topic"]
context = SerializationContext(topic, MessageField.VALUE)
encoded = AvroSerializer(client, given["schema"])(given["value"], context)
try:
    client.register_schema(subject, Schema(given["breaking"], "AVRO"))
    refused = None
except SchemaRegistryError as error:
    refused = f"{error.http_status_code} {error.error_message}"
latest = client.get_latest_version(subject)
compatible = client.test_compatibility(subject, Schema(given["breaking"], "AVRO"))
decoded = AvroDeserializer(client)(bytes.fromhex(given["bytes"]), context)
print(
    json.dumps(
        {
            "id": latest.schema_id,
            "latest": latest.schema_id,
            "encoded": encoded.hex(),
            "decoded": decoded,
            "refused": refused,
            "compatible": compatible,
        }
    )
)
