"""The rows that the application's API would have written before it enqueues a trim."""

import psycopg2

USER_ID = "01JDEMP0000000000000000000"


def connect(url: str):
    connection = psycopg2.connect(url, connect_timeout=10)
    connection.autocommit = True
    return connection


def ensure_user(connection) -> int:
    """Creates the demo's user if need be. Returns the number that the user's folder is named after."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO users (id, email) VALUES (%s, 'demo@example.org') ON CONFLICT (id) DO NOTHING", (USER_ID,)
        )
        cursor.execute("SELECT user_slug FROM users WHERE id = %s", (USER_ID,))
        return cursor.fetchone()[0]


def add_recording(connection, title: str) -> int:
    """Adds a downloaded recording whose trim stage is pending; returns its id."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO recordings (user_id, display_name, start_time, duration, status)"
            " VALUES (%s, %s, now(), 1, 'DOWNLOADED') RETURNING id",
            (USER_ID, title),
        )
        recording_id = cursor.fetchone()[0]
        cursor.execute(
            "INSERT INTO processing_stages (recording_id, user_id, stage_type, status)"
            " VALUES (%s, %s, 'TRIM', 'PENDING')",
            (recording_id, USER_ID),
        )
        return recording_id


def set_video(connection, recording_id: int, path: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE recordings SET local_video_path = %s WHERE id = %s", (path, recording_id))


def outcome(connection, recording_id: int) -> tuple[str, str, str, str]:
    """The recording's status, its trim stage's status, and the paths of the trimmed video and audio."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT r.status::text, s.status::text, r.processed_video_path, r.processed_audio_path"
            " FROM recordings r JOIN processing_stages s ON s.recording_id = r.id AND s.stage_type = 'TRIM'"
            " WHERE r.id = %s",
            (recording_id,),
        )
        return cursor.fetchone()
